/** Starts the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { startTheme } from './colours.ts';
import { startKeys } from './keys.ts';
import { startPlace } from './place-in-link.ts';
import { start } from './state.ts';
import './style.css';

startTheme();
startPlace();
startKeys();
start();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
