/** One measured value of one sensor. */
export interface Reading {
  /** Such as `coretemp-isa-0000`. */
  readonly chip: string;
  /** What the chip calls it, without `_input`: `temp1`. */
  readonly label: string;
  readonly value: number;
  /** What people call it: `Package id 0`; null where nobody said. */
  readonly feature: string | null;
}

const unitsOfKind: Readonly<Record<string, string>> = {
  temp: 'C',
  fan: 'RPM',
  in: 'V',
  power: 'W',
  curr: 'A',
  energy: 'J',
  humidity: '%',
};

/** The kind of a label: `temp` of `temp1`. */
export function kindOf(label: string): string {
  return label.replace(/\d+$/, '');
}

/** Units by the kind of the label, null for a kind that has none. */
export function unitsOf(label: string): string | null {
  const kind = kindOf(label);
  return Object.hasOwn(unitsOfKind, kind) ? unitsOfKind[kind]! : null;
}

/** The field that a reading belongs to: `<chip>_<label>`. */
export function fieldOf({ chip, label }: Reading): string {
  return `${chip}_${label}`;
}
