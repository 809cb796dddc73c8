import { createReader, type Format, formats, sharedWriter } from './format.js';
import { ValueBuilder, visitValue } from './value.js';

/** The arguments of a message as the bytes of one format. `kwargs` is never there without `args`. */
export interface PayloadBytes {
  readonly args: Buffer;
  readonly kwargs?: Buffer;
  /** How often the format could not say it: NaN as null, integers beyond 64 bit as floats. */
  readonly lossy: number;
}

interface Received {
  readonly format: Format;
  readonly args: Buffer;
  readonly kwargs: Buffer | undefined;
  /** Bytes the arguments may have in another format. */
  readonly limit: number;
}

interface Made {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Arguments on their way through the router. They are not decoded: a receiver with the sender's serializer gets the
 * very bytes, one with another gets them rewritten value by value, once for all such receivers.
 */
export class Payload {
  private readonly forms: (PayloadBytes | undefined)[] = [];
  private readonly source: Received | Made;

  private constructor(source: Received | Made) {
    this.source = source;
  }

  /** `sound` is false for JSON with NaN or infinities in it, which JSON peers may not see. */
  static ofBytes(received: Received, sound: boolean): Payload {
    const payload = new Payload(received);
    const { format, args, kwargs } = received;
    if (sound) payload.forms[formats.indexOf(format)] = { args, ...(kwargs && { kwargs }), lossy: 0 };
    return payload;
  }

  /** Arguments of the router's own: numbers that are whole are integers. */
  static ofValues(args: readonly unknown[], kwargs?: Readonly<Record<string, unknown>>): Payload {
    return new Payload({ args, kwargs });
  }

  /** Throws TooLargeError or MalformedError where the change of format is not possible. */
  as(format: Format): PayloadBytes {
    return (this.forms[formats.indexOf(format)] ??= this.write(format));
  }

  /** The positional arguments as JavaScript values, a limited number of them. Throws MalformedError beyond. */
  positional(): readonly unknown[] {
    if (!('format' in this.source)) return this.source.args;
    const builder = new ValueBuilder();
    createReader(this.source.format, this.source.args).walk(builder);
    return builder.result as unknown[];
  }

  private write(to: Format): PayloadBytes {
    const { source } = this;
    if (!('format' in source)) {
      const args = writeValue(to, source.args);
      return { args, ...(source.kwargs && { kwargs: writeValue(to, source.kwargs) }), lossy: 0 };
    }
    const args = rewrite(source.args, source.format, to, source.limit);
    if (source.kwargs === undefined) return { args: args.bytes, lossy: args.lossy };
    const kwargs = rewrite(source.kwargs, source.format, to, source.limit - args.bytes.length);
    return { args: args.bytes, kwargs: kwargs.bytes, lossy: args.lossy + kwargs.lossy };
  }
}

function rewrite(source: Buffer, from: Format, to: Format, limit: number): { bytes: Buffer; lossy: number } {
  const writer = sharedWriter(to, limit);
  createReader(from, source).walk(writer);
  return { bytes: writer.take(), lossy: writer.lossy };
}

function writeValue(format: Format, value: unknown): Buffer {
  const writer = sharedWriter(format, Infinity);
  visitValue(value, writer);
  return writer.take();
}
