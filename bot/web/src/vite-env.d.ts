/// <reference types="vite/client" />

/** Where this build's panel lies, from the loader's own folder: `assets/panel-….js`. */
declare const __PANEL__: string;
