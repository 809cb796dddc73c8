export { type PageMount, pageMounts } from './page-mounts.js';
