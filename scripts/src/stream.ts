/** Streams with backpressure: `oro:stream`. */

import streamx from 'streamx';
import { EventEmitter } from './events.js';

type Done = (error?: Error | null) => void;

/** What all streams have. */
export interface Stream extends EventEmitter {
  readonly destroyed: boolean;
  readonly destroying: boolean;
  destroy(error?: Error | null): void;
}

/** A source of data. */
export interface Readable extends Stream, AsyncIterable<any> {
  readonly readable: boolean;
  read(): any;
  push(data: any): boolean;
  unshift(data: any): void;
  pause(): this;
  resume(): this;
  setEncoding(encoding: string): this;
  pipe<T extends Writable>(destination: T, done?: Done): T;
}

/** A sink of data. */
export interface Writable extends Stream {
  readonly writable: boolean;
  write(data: any): boolean;
  end(data?: any): this;
}

/** A source and a sink. */
export interface Duplex extends Readable, Writable {}

/** What makes a stream. */
export interface StreamOptions {
  highWaterMark?: number;
  byteLength?: (data: any) => number;
  map?: (data: any) => any;
  signal?: AbortSignal;
  open?: (done: Done) => void;
  destroy?: (done: Done) => void;
  predestroy?: () => void;
  read?: (done: Done) => void;
  write?: (data: any, done: Done) => void;
  writev?: (batch: any[], done: Done) => void;
  final?: (done: Done) => void;
  transform?: (data: any, done: (error?: Error | null, data?: any) => void) => void;
  flush?: (done: Done) => void;
}

interface StreamConstructor<T> {
  new (options?: StreamOptions & ThisType<T>): T;
  readonly prototype: T;
}

/** Makes sources. */
export interface ReadableConstructor extends StreamConstructor<Readable> {
  from(source: Iterable<any> | AsyncIterable<any>, options?: StreamOptions): Readable;
  isBackpressured(stream: Readable): boolean;
}

/** Makes sinks. */
export interface WritableConstructor extends StreamConstructor<Writable> {
  isBackpressured(stream: Writable): boolean;
  drained(stream: Writable): Promise<boolean>;
}

export const Stream = streamx['Stream'] as StreamConstructor<Stream>;
export const Readable = streamx['Readable'] as ReadableConstructor;
export const Writable = streamx['Writable'] as WritableConstructor;
export const Duplex = streamx['Duplex'] as StreamConstructor<Duplex>;
export const Transform = streamx['Transform'] as StreamConstructor<Duplex>;
export const PassThrough = streamx['PassThrough'] as StreamConstructor<Duplex>;

/** Joins streams, and destroys them all when one fails. */
export const pipeline = streamx['pipeline'] as (...streamsAndDone: any[]) => Stream;
/** `pipeline` that resolves when everything went through. */
export const pipelinePromise = streamx['pipelinePromise'] as (...streams: any[]) => Promise<void>;
export const isStream = streamx['isStream'] as (value: unknown) => value is Stream;
/** What a stream failed with. */
export const getStreamError = streamx['getStreamError'] as (stream: Stream) => Error | null;

/** Calls back when a stream is done, or has failed. */
export function finished(stream: Stream, callback: Done): () => void {
  let over = false;
  const settle = (error?: Error | null): void => {
    if (over) return;
    over = true;
    stop();
    callback(error ?? null);
  };
  const fail = (error: Error): void => settle(error);
  const close = (): void => settle(getStreamError(stream));
  const stop = (): void => {
    stream.off('error', fail);
    stream.off('close', close);
  };
  stream.on('error', fail);
  stream.on('close', close);
  return stop;
}

/** `pipeline` and `finished` as promises. */
export const promises = Object.freeze({
  pipeline: pipelinePromise,
  finished: (stream: Stream): Promise<void> =>
    new Promise((resolve, reject) => {
      finished(stream, (error) => (error ? reject(error) : resolve()));
    }),
});

export default Object.assign(Stream, {
  Duplex,
  PassThrough,
  Readable,
  Stream,
  Transform,
  Writable,
  finished,
  getStreamError,
  isStream,
  pipeline,
  pipelinePromise,
  promises,
});
