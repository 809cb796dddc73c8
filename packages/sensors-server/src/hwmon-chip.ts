import { readFile, readlink, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';

const hex = (digits: string) => Number.parseInt(digits, 16);
const hexText = (n: number, width: number) => n.toString(16).padStart(width, '0');

/** How lm-sensors calls the place of a chip, by the bus of its device and the device's name in the kernel. */
const places: Readonly<Record<string, (device: string) => string | null>> = {
  i2c: (device) => {
    const [, bus, address] = /^(\d+)-([0-9a-f]+)$/.exec(device) ?? [];
    return address === undefined ? null : `i2c-${Number(bus)}-${hexText(hex(address), 2)}`;
  },
  spi: (device) => {
    const [, bus, address] = /^spi(\d+)\.(\d+)$/.exec(device) ?? [];
    return address === undefined ? null : `spi-${Number(bus)}-${hexText(Number(address), 1)}`;
  },
  pci: (device) => {
    const [, domain, bus, slot, part] = /^([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)\.([0-9a-f]+)$/.exec(device) ?? [];
    if (part === undefined) return null;
    const address = hex(domain!) * 0x10000 + hex(bus!) * 0x100 + hex(slot!) * 8 + hex(part);
    return `pci-${hexText(address, 4)}`;
  },
  hid: (device) => {
    const [, bus, address] = /^([0-9a-f]+):[0-9a-f]+:[0-9a-f]+\.([0-9a-f]+)$/i.exec(device) ?? [];
    return address === undefined ? null : `hid-${hex(bus!)}-${hexText(hex(address), 1)}`;
  },
  platform: (device) => `isa-${hexText(Number(/^[a-z0-9_]+\.(\d+)$/.exec(device)?.[1] ?? 0), 4)}`,
  acpi: () => 'acpi-0',
};

/**
 * The name of a chip, as lm-sensors gives it: its kind and its place, `coretemp-isa-0000`; fields then have the same names
 * whichever way they are read. Null for a directory without a name.
 */
export async function chipName(directory: string): Promise<string | null> {
  const kind = (await readFile(join(directory, 'name'), 'utf8').catch(() => '')).trim();
  if (kind === '' || /[\s/]/.test(kind)) return null;
  return `${kind}-${(await placeOf(join(directory, 'device'))) ?? 'virtual-0'}`;
}

async function placeOf(link: string): Promise<string | null> {
  try {
    const device = await realpath(link);
    const bus = basename(await readlink(join(device, 'subsystem')));
    // An NVMe disk or a network card stands on the bus of the device above it.
    if (bus === 'nvme' || bus === 'net' || bus === 'ieee80211') return await placeOf(join(device, 'device'));
    return places[bus === 'of_platform' ? 'platform' : bus]?.(basename(device)) ?? null;
  } catch {
    return null;
  }
}
