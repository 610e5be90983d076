/** Measures how long the page went without a frame: whether anything blocked it. */

/**
 * Measures until it is stopped.
 *
 * @returns {() => { frames: number, longest_ms: number }} stops, and tells
 */
export function watchFrames() {
  let last = performance.now();
  let frames = 0;
  let longest_ms = 0;
  let running = true;
  const frame = (now) => {
    if (!running) return;
    longest_ms = Math.max(longest_ms, now - last);
    last = now;
    frames += 1;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame((now) => {
    last = now;
    requestAnimationFrame(frame);
  });
  return () => {
    running = false;
    return { frames, longest_ms: Math.round(longest_ms) };
  };
}
