import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Triple = [number, number, number];

/** What is left of linear RGB for each kind of sight: Machado, Oliveira and Fernandes 2009, severity 1. */
const sights: Record<string, [Triple, Triple, Triple]> = {
  everybody: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): Triple {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return [red!, green!, blue!];
}

function transform(matrix: [Triple, Triple, Triple], [x, y, z]: Triple): Triple {
  const [first, second, third] = matrix.map((row) => row[0] * x + row[1] * y + row[2] * z);
  return [first!, second!, third!];
}

/** OKLab: distances in it are about as large as they look. */
function oklab(rgb: Triple): Triple {
  const cones = transform(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map((value) => Math.cbrt(Math.max(0, value))) as Triple;
  return transform(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

function contrast(one: string, other: string): number {
  const luminance = ([red, green, blue]: Triple) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const [light, dark] = [luminance(linear(one)), luminance(linear(other))].toSorted((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

/** The custom properties of a scheme, as the style sheet has them: the light ones come first. */
function scheme(index: number): { colours: string[]; ink: string } {
  const css = readFileSync(new URL('../../src/page/client/style/looks.css', import.meta.url), 'utf8');
  const block = css.split(':root {')[index + 1]!;
  const colours = [...block.matchAll(/--p\d: (#[0-9a-f]{6});/g)].slice(0, 8).map(([, hex]) => hex!);
  return { colours, ink: /--on-look: (#[0-9a-f]{6});/.exec(block)![1]! };
}

describe.each([
  ['light', 0],
  ['dark', 1],
])('the providers’ colours, %s', (_name, index) => {
  const { colours, ink } = scheme(index);

  it.each(Object.entries(sights))('stay apart for %s', (_sight, matrix) => {
    const seen = colours.map((hex) => oklab(transform(matrix, linear(hex))));
    // The first four are who most sessions have; the rest also have patterns and letters.
    const near = seen.flatMap((first, one) =>
      seen
        .slice(0, one)
        .map((second, other) => ({
          pair: `${colours[other]} and ${colours[one]}`,
          distance: Math.hypot(...first.map((value, axis) => value - second[axis]!)),
        }))
        .filter(({ distance }) => distance < (one < 4 ? 0.1 : 0.055)),
    );
    expect(near).toEqual([]);
  });

  it('carry their letters with enough contrast', () => {
    expect(colours).toHaveLength(8);
    expect(colours.filter((colour) => contrast(colour, ink) < 4.5)).toEqual([]);
  });
});
