const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
/** Up to so many digits a double holds every whole number, so that one division rounds correctly. */
const exactDigits = 15;
const tens = Array.from({ length: exactDigits + 1 }, (_, i) => 10 ** i);

const zero = 48;
const point = 46;
const plus = 43;
const minus = 45;

/**
 * The number that stands in `bytes` from `from` to `to` (exclusive): a decimal one, `nan` or an infinity as C and Python
 * write them. Null for anything else.
 */
export function parseNumber(bytes: Uint8Array, from: number, to: number): number | null {
  const sign = bytes[from];
  let mantissa = 0;
  let digits = 0;
  let scale = -1;
  for (let i = sign === minus || sign === plus ? from + 1 : from; i < to; i++) {
    const digit = bytes[i]! - zero;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits++;
      if (scale >= 0) scale++;
    } else if (bytes[i] === point && scale < 0) scale = 0;
    else return parseWord(bytes, from, to);
  }
  if (digits === 0 || digits > exactDigits) return parseWord(bytes, from, to);
  const size = scale > 0 ? mantissa / tens[scale]! : mantissa;
  return sign === minus ? -size : size;
}

/** The way for everything that is not a plain decimal number of a few digits. */
function parseWord(bytes: Uint8Array, from: number, to: number): number | null {
  const word = new TextDecoder().decode(bytes.subarray(from, to));
  if (decimal.test(word)) return Number(word);
  switch (word.toLowerCase()) {
    case 'nan':
    case '+nan':
    case '-nan':
      return NaN;
    case 'inf':
    case '+inf':
    case 'infinity':
      return Infinity;
    case '-inf':
    case '-infinity':
      return -Infinity;
    default:
      return null;
  }
}
