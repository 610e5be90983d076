/** The icons of the page: lines on a grid of 16. */

const PATHS = {
  again: 'M13.2 8a5.2 5.2 0 1 1-1.7-3.8M13.4 1.8v3.4H10',
  check: 'M3.2 8.6 6.4 11.8 12.8 4.8',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.6 5.6h7.6v7.6H5.6zM10.4 5.4V2.8H2.8v7.6h2.6',
  down: 'M4 6.2 8 10.2 12 6.2',
  list: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  new: 'M8 3v10M3 8h10',
  remove: 'M3 4.4h10M6.4 4.2V2.6h3.2v1.6M4.4 4.6l.6 8.8h6l.6-8.8M6.8 7v4M9.2 7v4',
  send: 'M8 13V3.4M3.8 7.4 8 3.2l4.2 4.2',
  settings:
    'M2.4 4.6h5.2M10.8 4.6h2.8M2.4 11.4h2.8M8.4 11.4h5.2M9.2 4.6a1.6 1.6 0 1 0 0-.01M6.8 11.4a1.6 1.6 0 1 1 0-.01',
  spark: 'M8 2.2 9.5 6.5 13.8 8 9.5 9.5 8 13.8 6.5 9.5 2.2 8 6.5 6.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  warning: 'M8 2.2 14.4 13.4H1.6zM8 6.6v3M8 11.6h.01',
};

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {keyof typeof PATHS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
