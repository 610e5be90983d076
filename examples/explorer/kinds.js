/** What a file is, told by its name: enough for a colour and an icon without opening it. */

/**
 * The kinds, in the order of the legend. An entry's kind is its index here.
 *
 * @type {readonly { name: string, label: string }[]}
 */
export const KINDS = [
  { name: 'code', label: 'Code' },
  { name: 'text', label: 'Documents' },
  { name: 'data', label: 'Data' },
  { name: 'image', label: 'Images' },
  { name: 'audio', label: 'Audio' },
  { name: 'video', label: 'Video' },
  { name: 'archive', label: 'Archives' },
  { name: 'program', label: 'Programs' },
  { name: 'other', label: 'Other' },
];

const EXTENSIONS = {
  code:
    'rs ts tsx js jsx mjs cjs py c h cc cpp hpp cxx hh m mm go java kt swift rb php lua sh bash ' +
    'zsh fish pl pm r jl scala clj hs ml mli fs cs vb dart zig nim sql html htm css scss less ' +
    'vue svelte wgsl glsl cmake mk gradle asm s el vim tcl ex exs erl awk',
  text: 'txt md markdown rst adoc tex pdf doc docx odt rtf epub ps log org me man srt vtt pot po',
  data:
    'json jsonl toml yaml yml xml csv tsv ini cfg conf lock db sqlite sqlite3 parquet arrow npy ' +
    'pkl bin dat pak idx pack rmeta gguf safetensors onnx proto plist cache map ndjson mo',
  image: 'png jpg jpeg gif webp avif svg ico bmp tif tiff heic heif psd xcf raw cr2 nef jxl xpm',
  audio: 'mp3 flac ogg oga opus wav m4a aac wma aiff mid midi',
  video: 'mp4 mkv webm mov avi wmv m4v mpg mpeg ogv flv',
  archive: 'zip tar gz tgz bz2 xz zst 7z rar lz4 br deb rpm apk jar war iso img dmg whl crate cab',
  program:
    'so dll dylib exe o a lib rlib wasm ko class pyc pyo elf appimage msi node ttf otf woff woff2',
};

const kindOfName = new Map(KINDS.map(({ name }, index) => [name, index]));

/** The kind of what no name tells. */
export const OTHER = KINDS.length - 1;

const PROGRAM = kindOfName.get('program');

/** The kind of each extension. */
const kindOfExtension = new Map(
  Object.entries(EXTENSIONS).flatMap(([name, list]) =>
    list.split(' ').map((extension) => [extension, kindOfName.get(name)]),
  ),
);

const WHOLE_NAMES = new Map([
  ['makefile', 'code'],
  ['dockerfile', 'code'],
  ['readme', 'text'],
  ['license', 'text'],
  ['copying', 'text'],
  ['changelog', 'text'],
].map(([name, kind]) => [name, kindOfName.get(kind)]));

/** Whoever may, may run it. */
const EXECUTABLE = 0o111;

/**
 * The kind of a file by its name and mode, as an index of `KINDS`.
 *
 * @param {string} name
 * @param {number} [mode]
 * @returns {number}
 */
export function kindOf(name, mode = 0) {
  const dot = name.lastIndexOf('.');
  const lower = name.toLowerCase();
  // `libfoo.so.1.2` is a library all the same.
  if (lower.includes('.so.')) return PROGRAM;
  const known = dot > 0 ? kindOfExtension.get(lower.slice(dot + 1)) : WHOLE_NAMES.get(lower);
  return known ?? ((mode & EXECUTABLE) === 0 ? OTHER : PROGRAM);
}
