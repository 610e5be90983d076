/** The icons of the page: lines on a grid of 16. */

const PATHS = {
  folder: 'M1.8 4.2c0-.7.5-1.2 1.2-1.2h3.2l1.6 1.8H13c.7 0 1.2.5 1.2 1.2v5.8c0 .7-.5 1.2-1.2 1.2H3c-.7 0-1.2-.5-1.2-1.2z',
  other: 'M4 1.8h5l3.2 3.2v9.2H4zM9 1.8V5h3.2',
  code: 'M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5',
  text: 'M4 1.8h5l3.2 3.2v9.2H4zM6 7.5h4.2M6 9.6h4.2M6 11.7h2.6',
  data: 'M3 4c0-1 2.2-1.8 5-1.8S13 3 13 4v8c0 1-2.2 1.8-5 1.8S3 13 3 12zM3 4c0 1 2.2 1.8 5 1.8S13 5 13 4M3 8c0 1 2.2 1.8 5 1.8S13 9 13 8',
  image: 'M2 3h12v10H2zM2 11l3.5-3.5 2.8 2.8 2-2L14 12M10.4 5.8h.01',
  audio: 'M6 12V3.6l7-1.4v8.4M6 12a2 1.8 0 1 1-4 0 2 1.8 0 0 1 4 0M13 10.6a2 1.8 0 1 1-4 0 2 1.8 0 0 1 4 0',
  video: 'M2 3h12v10H2zM6.5 5.8v4.4L10.2 8z',
  archive: 'M2 2.8h12v3H2zM3 5.8v7.4h10V5.8M6.4 8.4h3.2',
  program: 'M3 3h10v10H3zM6 6h4v4H6zM6 1.2V3M10 1.2V3M6 13v1.8M10 13v1.8M1.2 6H3M1.2 10H3M13 6h1.8M13 10h1.8',
  link: 'M6.5 9.5l3-3M7 4.8l1.2-1.2a2.9 2.9 0 0 1 4.2 4.2L11.2 9M9 11.2l-1.2 1.2a2.9 2.9 0 0 1-4.2-4.2L4.8 7',
  special: 'M5.5 2v4M10.5 2v4M3.5 6h9v2.5a4.5 4.5 0 0 1-9 0zM8 13v2',
  up: 'M8 13V3.4M3.8 7.4 8 3.2l4.2 4.2',
  home: 'M2 8l6-5.4L14 8M3.6 6.8v6.6h8.8V6.8',
  again: 'M13.2 8a5.2 5.2 0 1 1-1.7-3.8M13.4 1.8v3.4H10',
  stop: 'M4 4h8v8H4z',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 11.6a4.6 4.6 0 1 0 0-9.2 4.6 4.6 0 0 0 0 9.2zM10.4 10.4 14 14',
  warning: 'M8 2.2 14.4 13.4H1.6zM8 6.6v3M8 11.6h.01',
};

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const path = document.createElementNS(SVG, 'path');
  svg.append(path);
  setIcon(svg, name);
  return svg;
}

/**
 * @param {SVGSVGElement} svg
 * @param {string} name
 */
export function setIcon(svg, name) {
  svg.firstChild.setAttribute('d', PATHS[name] ?? PATHS.other);
}
