import { SisockError } from '@sisock/core';

/** Whose fault it is: the caller's (`bad_request`) or the answering node's (`bad_data`). */
export type Fault = 'bad_request' | 'bad_data';

export type Dict = Readonly<Record<string, unknown>>;

/** A value as a message may show it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value === 'object' && value !== null) return 'a dictionary';
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  return String(value).slice(0, 60);
}

export function wrong(fault: Fault, what: string, value: unknown, allowed: string): SisockError {
  return new SisockError(fault, `${what} ${show(value)} is not ${allowed}`);
}

/** True for a dictionary: no list, no bytes. */
export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

export function dict(fault: Fault, what: string, value: unknown): Dict {
  if (isDict(value)) return value;
  throw wrong(fault, what, value, 'a dictionary');
}

export function list(fault: Fault, what: string, value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(fault, what, value, 'a list');
  if (value.length > most) throw wrong(fault, what, value, `a list of at most ${most}`);
  return value as readonly unknown[];
}

export function text(fault: Fault, what: string, value: unknown, longest = 1000): string {
  if (typeof value !== 'string') throw wrong(fault, what, value, 'text');
  if (value.length > longest) throw wrong(fault, what, value, `text of at most ${longest} characters`);
  return value;
}

export function finite(fault: Fault, what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(fault, what, value, 'a finite number');
}

export function wholeNumber(fault: Fault, what: string, value: unknown, least = 0): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(fault, what, value, `a whole number from ${least} up`);
}

export function bool(fault: Fault, what: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw wrong(fault, what, value, 'true or false');
}

export function textOrNull(fault: Fault, what: string, value: unknown): string | null {
  return value === null || value === undefined ? null : text(fault, what, value);
}

export function finiteOrNull(fault: Fault, what: string, value: unknown): number | null {
  return value === null || value === undefined ? null : finite(fault, what, value);
}
