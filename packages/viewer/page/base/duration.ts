/** Seconds in each unit that links and inputs know. A year has 365 days. */
const units = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 } as const;

type Unit = keyof typeof units;

/** Seconds of a length of time as a person writes it: `90s`, `15m`, `1.5h`, `7d`, `2w`, `1y`, `1h30m`. Null when it is none. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim().replaceAll(' ', '');
  if (!/^(\d+(\.\d+)?[smhdwy])+$/.test(trimmed)) return null;
  let seconds = 0;
  for (const [, number, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)([smhdwy])/g)) {
    seconds += Number(number) * units[unit as Unit];
  }
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

/** The shortest way to write so many seconds that {@link parseDuration} reads back: `15m`, `7d`, `90s`. */
export function writeDuration(seconds: number): string {
  const fitting = (['y', 'd', 'h', 'm'] as const).find((unit) => seconds >= units[unit] && seconds % units[unit] === 0);
  return fitting ? `${seconds / units[fitting]}${fitting}` : `${seconds}s`;
}

/** A length of time for people, in one or two units: `90 ms`, `12 s`, `5 min`, `1 h 30 min`, `2 d 3 h`, `1.5 y`. */
export function formatSpan(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 1) return `${Number((s * 1000).toPrecision(3))} ms`;
  if (s < 60) return `${Number(s.toPrecision(3))} s`;
  if (s < 3600) return pair(s, 60, 'min', 1, 's');
  if (s < units.d) return pair(s, 3600, 'h', 60, 'min');
  if (s < units.y) return pair(s, units.d, 'd', 3600, 'h');
  return `${Number((s / units.y).toPrecision(3))} y`;
}

function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.round(seconds / small) * small;
  const rest = Math.round((whole % large) / small);
  return `${Math.floor(whole / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}
