/** Of a request's headers and of an answer's: 64 KB, beside the 16 KB that are Node's own limit. */
export const MOST_HEADER_BYTES = (64 + 16) * 1024;
