import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';

/** What `sensors -u` prints on a machine with many chips, some of them out of order. */
export const printed = readFileSync(new URL('./fixtures/sensors-u.txt', import.meta.url), 'utf8');

/** Its fields and their values. */
export const expected: Readonly<Record<string, number>> = {
  'coretemp-isa-0000_temp1': 52,
  'coretemp-isa-0000_temp2': 49,
  'coretemp-isa-0000_temp3': 51,
  'nct6798-isa-0290_in0': 0.888,
  'nct6798-isa-0290_in3': 3.392,
  'nct6798-isa-0290_fan1': 0,
  'nct6798-isa-0290_fan2': 1171,
  'nct6798-isa-0290_temp1': 33,
  'nvme-pci-0100_temp1': 38.85,
  'amdgpu-pci-0300_in0': 0.769,
  'amdgpu-pci-0300_fan1': 0,
  'amdgpu-pci-0300_temp1': 44,
  'ina226-i2c-1-40_in1': 5.12,
  'ina226-i2c-1-40_power1': 3.55,
  'ina226-i2c-1-40_curr1': 0.694,
  'sht3x-i2c-1-44_temp1': 21.31,
  'sht3x-i2c-1-44_humidity1': 12.7,
  'amd_energy-isa-0000_energy1': 5120.25,
};

/** A directory that goes with the test. */
export async function scratch(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'sensors-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A program called `sensors` in a directory: a shell script. Gives the environment in which it is found. */
export async function standIn(directory: string, script: string): Promise<{ PATH: string }> {
  const path = join(directory, 'sensors');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return { PATH: `${directory}:/usr/bin:/bin` };
}

/** A script that prints a text, and complains as lm-sensors does of a chip that can't be read. */
export const printing = (text: string) =>
  `[ "$1" = -u ] || exit 2\ncat <<'END'\n${text}END\necho "ERROR: Can't get value of subfeature temp1_input: I/O error" >&2`;

/** Writes files below a directory; a text that begins with `-> ` makes a link. */
export async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    if (content.startsWith('-> ')) await symlink(content.slice(3), path);
    else await writeFile(path, content);
  }
}

/** Part of the kernel's tree on a machine with a processor, a disk, a sensor on I2C and one of no bus. */
export const hwmonTree: Readonly<Record<string, string>> = {
  'devices/platform/coretemp.0/subsystem': '-> ../../../bus/platform',
  'devices/pci0/0000:01:00.0/subsystem': '-> ../../../bus/pci',
  'devices/pci0/0000:01:00.0/nvme/nvme0/subsystem': '-> ../../../../../class/nvme',
  'devices/pci0/0000:01:00.0/nvme/nvme0/device': '-> ../../',
  'devices/i2c-1/1-0044/subsystem': '-> ../../../bus/i2c',
  'class/hwmon/hwmon0/name': 'coretemp\n',
  'class/hwmon/hwmon0/device': '-> ../../../devices/platform/coretemp.0',
  'class/hwmon/hwmon0/temp1_input': '52000\n',
  'class/hwmon/hwmon0/temp1_label': 'Package id 0\n',
  'class/hwmon/hwmon0/temp1_max': '100000\n',
  'class/hwmon/hwmon0/temp10_input': '51000\n',
  'class/hwmon/hwmon1/name': 'nvme\n',
  'class/hwmon/hwmon1/device': '-> ../../../devices/pci0/0000:01:00.0/nvme/nvme0',
  'class/hwmon/hwmon1/temp1_input': '38850\n',
  'class/hwmon/hwmon2/name': 'sht3x\n',
  'class/hwmon/hwmon2/device': '-> ../../../devices/i2c-1/1-0044',
  'class/hwmon/hwmon2/temp1_input': '-5310\n',
  'class/hwmon/hwmon2/humidity1_input': '12700\n',
  'class/hwmon/hwmon3/name': 'probe\n',
  'class/hwmon/hwmon3/in0_input': '888\n',
  'class/hwmon/hwmon3/fan1_input': '1171\n',
  'class/hwmon/hwmon3/curr1_input': '694\n',
  'class/hwmon/hwmon3/power1_input': '3550000\n',
  'class/hwmon/hwmon3/energy1_input': '5120250000\n',
  'class/hwmon/hwmon3/temp4_input': '-62000\n',
  'class/hwmon/hwmon3/temp4_fault': '1\n',
  'class/hwmon/hwmon3/temp5_input': 'broken\n',
  'class/hwmon/hwmon3/temp6_input/is-a-directory': '',
  'class/hwmon/hwmon3/pwm1': '128\n',
  'class/hwmon/hwmon4/temp1_input': '1000\n',
};

export const expectedHwmon: Readonly<Record<string, number>> = {
  'coretemp-isa-0000_temp1': 52,
  'coretemp-isa-0000_temp10': 51,
  'nvme-pci-0100_temp1': 38.85,
  'sht3x-i2c-1-44_humidity1': 12.7,
  'sht3x-i2c-1-44_temp1': -5.31,
  'probe-virtual-0_in0': 0.888,
  'probe-virtual-0_fan1': 1171,
  'probe-virtual-0_curr1': 0.694,
  'probe-virtual-0_power1': 3.55,
  'probe-virtual-0_energy1': 5120.25,
};

export interface LogLine {
  readonly msg: string;
  readonly source?: string;
}

export function keptLog() {
  const lines: LogLine[] = [];
  return { lines, log: pino({}, { write: (text: string) => void lines.push(JSON.parse(text) as LogLine) }) };
}
