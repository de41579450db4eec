declare module '*?worker&url' {
  /** Where Vite puts a module with what it imports, to be started as a worker. */
  const url: string
  export default url
}
