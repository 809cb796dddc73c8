import type { Finding } from './finding.js';

/** One line a finding, the cure behind an arrow. */
export function reportLines(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map((finding) => finding.check.length));
  return findings
    .map(({ status, check, message, cure }) => {
      const line = `${status.padEnd(4)}  ${check.padEnd(width)}  ${message}`;
      return `${oneLine(cure === undefined ? line : `${line} -> ${cure}`)}\n`;
    })
    .join('');
}

/** `{ok, findings}`, for programs. */
export function reportJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: isWell(findings), findings }, null, 2)}\n`;
}

/** True where nothing failed; warnings are no failure. */
export function isWell(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.status !== 'fail');
}

/** What others said may not break the line or reach into the terminal. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
