import { setting, type SettingsOf, words } from '@sisock/runtime';

/** Settings of the node that serves the sensors of its machine. */
export const sensorsSettings = {
  NAME: setting(words, 'name of the data node', { fallback: 'sensors' }),
  DESCRIPTION: setting(words, 'what consumers are told about the data node', {
    fallback: 'Temperatures, fans and voltages of this machine',
  }),
  HWMON_DIRECTORY: setting(words, 'where the kernel shows its sensors; read where there is no program "sensors"', {
    fallback: '/sys/class/hwmon',
  }),
};

export type SensorsSettings = SettingsOf<typeof sensorsSettings>;
