/** The package's version, as the verdict's `verifier` and the User-Agent say it. A test holds it equal to package.json. */
export const VERSION = '0.1.0'
