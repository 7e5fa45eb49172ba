/**
 * Sets this process's clock to the moment in `TEST_CLOCK` (ISO 8601, without a zone: local time in `TZ`), from where it
 * runs on. For tests that must hold at any time of day: see `clocks.mjs`.
 */
const wanted = process.env['TEST_CLOCK'];
const SET = Symbol.for('ccmux.test-clock');

// All test files of a worker share its globals: the clock is set by the first.
if (wanted && !Reflect.has(globalThis, SET)) {
  Reflect.set(globalThis, SET, true);
  const Real = Date;
  const offset = new Real(wanted).getTime() - Real.now();
  class Shifted extends Real {
    constructor(...given: [] | ConstructorParameters<DateConstructor>) {
      if (given.length === 0) super(Real.now() + offset);
      else super(...given);
    }
    static override now(): number {
      return Real.now() + offset;
    }
  }
  globalThis.Date = Shifted as DateConstructor;
}
