import { rounded, smoothNoise, whiteNoise } from './noise.js';

export type DemoValue = number | boolean | string;

/** A simulated OCS feed: every value is a function of the time, so that a run can be repeated. */
export interface DemoFeed {
  readonly name: string;
  readonly block: string;
  readonly samplesPerSecond: number;
  readonly at: (t: number) => Readonly<Record<string, DemoValue>>;
}

/** A simulated OCS agent: its instance id, what it says it is, its running operations, its recorded feeds. */
export interface DemoAgent {
  readonly instance: string;
  readonly agentClass: string;
  readonly operations: readonly string[];
  readonly feeds: readonly DemoFeed[];
}

/** A cryostat in fast motion: in a cycle of 12 minutes it cools for 8, stays cold, and warms for the last 2. */
const cycle = 720;
const coolingUntil = 480;
const warmingFrom = 600;
const room = 292;

export function phaseAt(t: number): 'cooling' | 'cold' | 'warming' {
  const at = ((t % cycle) + cycle) % cycle;
  return at < coolingUntil ? 'cooling' : at < warmingFrom ? 'cold' : 'warming';
}

/** Temperature in K of a stage that ends at `base` K and loses a factor e in `tau` s. */
function stage(t: number, base: number, tau: number, seed: number): number {
  const at = ((t % cycle) + cycle) % cycle;
  const cooled = (seconds: number) => base + (room - base) * Math.exp(-seconds / tau);
  const cold = cooled(Math.min(at, warmingFrom));
  const warmed = at < warmingFrom ? 0 : ((at - warmingFrom) / (cycle - warmingFrom)) ** 2;
  const value = cold + (room - cold) * warmed;
  return value * (1 + 0.004 * smoothNoise(seed, t / 9) + 0.0015 * whiteNoise(seed + 1, Math.round(t * 4)));
}

const cryostat: DemoAgent = {
  instance: 'cryostat',
  agentClass: 'SimulatedCryostat',
  operations: ['acq'],
  feeds: [
    {
      name: 'temperatures',
      block: 'temps',
      samplesPerSecond: 4,
      at: (t) => ({
        stage_50k: rounded(stage(t, 46, 80, 101), 4),
        stage_4k: rounded(stage(t, 3.9, 62, 103), 4),
        still: rounded(stage(t, 0.92, 52, 105), 4),
        mixing_chamber: rounded(stage(t, 0.1, 44, 107), 4),
        // A loose wire: about one reading in 500 is not a number.
        magnet: whiteNoise(109, Math.round(t * 4)) > 0.996 ? NaN : rounded(stage(t, 4.3, 90, 111), 4),
      }),
    },
    {
      name: 'state',
      block: 'state',
      samplesPerSecond: 1,
      at: (t) => ({
        phase: phaseAt(t),
        heater_on: phaseAt(t) === 'warming' || (phaseAt(t) === 'cold' && smoothNoise(121, t / 40) > 0.55),
        heater_power: phaseAt(t) === 'warming' ? 50 : Math.max(0, rounded(4 * smoothNoise(121, t / 40), 3)),
      }),
    },
  ],
};

const compressor: DemoAgent = {
  instance: 'compressor',
  agentClass: 'SimulatedCompressor',
  operations: ['acq'],
  feeds: [
    {
      name: 'compressor',
      block: 'status',
      samplesPerSecond: 1,
      at: (t) => ({
        running: phaseAt(t) !== 'warming',
        high_pressure: rounded((phaseAt(t) === 'warming' ? 228 : 292) + 3 * smoothNoise(201, t / 20), 2),
        low_pressure: rounded((phaseAt(t) === 'warming' ? 226 : 88) + 2 * smoothNoise(203, t / 20), 2),
        oil_temperature: rounded(37 + 2 * smoothNoise(205, t / 300) + 0.1 * whiteNoise(206, Math.round(t)), 2),
        water_flow: rounded(7.4 + 0.3 * smoothNoise(207, t / 60), 2),
      }),
    },
  ],
};

const weatherStation: DemoAgent = {
  instance: 'weather-station',
  agentClass: 'SimulatedWeatherStation',
  operations: ['acq'],
  feeds: [
    {
      name: 'weather',
      block: 'weather',
      samplesPerSecond: 1,
      at: (t) => {
        const wind = Math.max(0, 6 + 3 * smoothNoise(301, t / 600) + 1.5 * smoothNoise(302, t / 5));
        return {
          temperature: rounded(
            -4 + 5 * Math.sin((2 * Math.PI * (t - 48_600)) / 86_400) + 0.4 * smoothNoise(303, t / 90),
            2,
          ),
          humidity: rounded(25 + 12 * smoothNoise(304, t / 3600) + 1.5 * smoothNoise(305, t / 45), 1),
          pressure: rounded(555 + 1.2 * smoothNoise(306, t / 20_000), 2),
          wind_speed: rounded(wind, 2),
          wind_direction: Math.round((((250 + 60 * smoothNoise(307, t / 900)) % 360) + 360) % 360),
          condition: wind > 8 ? 'windy' : wind > 4 ? 'breeze' : 'calm',
        };
      },
    },
  ],
};

/** The agents of the demonstration. */
export const demoAgents: readonly DemoAgent[] = [cryostat, compressor, weatherStation];
