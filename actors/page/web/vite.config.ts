/** How the page is built: into `dist/page/`, with everything in it that it needs. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // It is served below a path that is not known before.
  base: './',
  build: {
    outDir: '../../../dist/page',
    emptyOutDir: true,
    // The page's policy lets nothing in that is written into it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  logLevel: 'warn',
});
