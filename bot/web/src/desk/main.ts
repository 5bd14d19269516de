/** The desk's entry: language and theme first, then the page. */

import { Alerts } from './alerts.ts';
import { DeskApp } from './app.ts';
import { Desk } from './desk.ts';
import { preferredLanguage, useLanguage } from './i18n.ts';
import { chosenTheme, useTheme } from './theme.ts';

useTheme(chosenTheme());
await useLanguage(preferredLanguage());
const desk = new Desk();
new Alerts(desk);
const app = new DeskApp();
app.desk = desk;
document.body.append(app);
await desk.start();
