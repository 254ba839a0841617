/** Reading JSON that is expected to have a shape; anything else stops the test. */

export type Shape = Readonly<Record<string, unknown>>;

export function object(value: unknown): Shape {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("no object");
  return value as Shape;
}

export function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error("no list");
  return value;
}

export function member(shape: Shape, name: string): unknown {
  if (!(name in shape)) throw new Error(`no ${name}`);
  return shape[name];
}

export function text(shape: Shape, name: string): string {
  const value = member(shape, name);
  if (typeof value !== "string") throw new Error(`${name} is no text`);
  return value;
}

export function number(shape: Shape, name: string): number {
  const value = member(shape, name);
  if (typeof value !== "number") throw new Error(`${name} is no number`);
  return value;
}

export function orNull<Value>(shape: Shape, name: string, read: (shape: Shape, name: string) => Value): Value | null {
  return member(shape, name) === null ? null : read(shape, name);
}

export function oneOf<Choice extends string>(shape: Shape, name: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === member(shape, name));
  if (chosen === undefined) throw new Error(`${name} is ${String(shape[name])}, which nobody here knows`);
  return chosen;
}
