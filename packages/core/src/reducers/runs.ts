import type { Column } from '../batch.js';
import type { SampleMethod } from '../reader.js';
import type { Piece } from './pieces.js';

/** Samples of one kind of reduction, collected as pieces. */
export interface PieceReducer {
  push(t: Float64Array, column: Column): void;
  /** All picked samples in order, and the number of rows behind them. Once. */
  finish(): { readonly pieces: readonly Piece[]; readonly from: number };
}

/** What a field came to that may be numbers for a while and states for another. */
export interface Runs {
  readonly pieces: readonly Piece[];
  readonly from: number;
  /** By what its rows were reduced. */
  readonly methods: readonly SampleMethod[];
}

/** States are drawn by their changes, whatever is asked for numbers. */
export function isState({ kind }: Column): boolean {
  return kind === 'str' || kind === 'bool';
}

/**
 * Reduces a field run by run: its numbers by `method`, strings and bools by `changes`. `make` gives the reducer of a new
 * run. Pieces keep their own kinds, and none is empty: one without a row would cut the run that it lies in when what was
 * kept is reduced again.
 */
export function runsReducer(
  method: SampleMethod,
  make: (method: SampleMethod) => PieceReducer,
): { push(t: Float64Array, column: Column): void; finish(): Runs } {
  const pieces: Piece[] = [];
  const methods = new Set<SampleMethod>();
  let from = 0;
  let run: { readonly method: SampleMethod; readonly reducer: PieceReducer } | null = null;
  const close = () => {
    if (run === null) return;
    const part = run.reducer.finish();
    for (const piece of part.pieces) if (piece.t.length > 0) pieces.push(piece);
    from += part.from;
    if (part.from > 0) methods.add(run.method);
    run = null;
  };
  return {
    push(t, column) {
      if (t.length === 0) return;
      const wanted = isState(column) ? 'changes' : method;
      if (run?.method !== wanted) {
        close();
        run = { method: wanted, reducer: make(wanted) };
      }
      run.reducer.push(t, column);
    },
    finish() {
      close();
      return { pieces, from, methods: [...methods] };
    },
  };
}
