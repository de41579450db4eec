/** Pieces of bodies that were read here, and that nothing else points into. */
const ours = new WeakSet<Uint8Array>()

/** Says of a piece that was just read that {@link letGo} may give back its memory. */
export function handedOut<Piece extends Uint8Array>(piece: Piece): Piece {
  // a part of memory that others use too is left to the collector
  if (piece.byteLength === piece.buffer.byteLength) ours.add(piece)
  return piece
}

/**
 * Gives back the memory of a piece that has gone where it was to go; it is empty then. Not left to V8, which counts a layer that passes by as a few objects
 * and lets 100 MB of it lie about. Pieces of others stay as they are.
 */
export function letGo(piece: Uint8Array): void {
  if (ours.delete(piece) && piece.buffer instanceof ArrayBuffer) piece.buffer.transfer(0)
}
