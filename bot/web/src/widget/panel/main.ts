/** Puts the panel beside the launcher. The loader calls `mount` once. */

import { byLanguage, loadTranslator } from '../../shared/i18n.ts';
import type { Catalogue } from '../../shared/i18n.ts';
import type { Panel, PanelHost } from '../contract.ts';

import english from './catalogues/en.json';
import { ChatClient } from './client.ts';
import type { ClientEvents } from './client.ts';
import type { Text } from './element.ts';
import { ChatPanel } from './panel.ts';
import { playNotes } from './sound.ts';
import { KeptValues } from './storage.ts';
import { valuesOfTab } from './tab.ts';

const catalogues = byLanguage(
  import.meta.glob<Catalogue>(['./catalogues/*.json', '!./catalogues/en.json'], { import: 'default' }),
);

export async function mount(host: PanelHost): Promise<Panel> {
  const { settings } = host;
  const t = await loadTranslator<Text>(settings.language, catalogues, english, navigator.languages);
  const kept = KeptValues.inBrowser(settings.server);
  const client = new ChatClient(settings, kept);
  const panel = new ChatPanel();
  Object.assign(panel, { t, host, client, kept, tab: valuesOfTab(settings.server), sound: kept.get('sound') === 'on' });
  panel.hidden = true;
  tellHost(host, client, panel);
  host.root.append(panel);
  client.start();
  return {
    show: (options) => panel.show(options),
    hide: () => panel.hide(),
    send: (text) => panel.say(text),
    stop: () => client.stop(),
  };
}

function tellHost(host: PanelHost, client: ChatClient, panel: ChatPanel): void {
  const on = <Name extends keyof ClientEvents>(name: Name, handle: (detail: ClientEvents[Name]) => void): void =>
    client.addEventListener(name, (event) => handle((event as CustomEvent<ClientEvents[Name]>).detail));

  on('sent', (sent) => host.emit('sent', sent));
  on('message', ({ author, name, text, sequence }) => {
    host.emit('message', { author, name, text, sequence });
    if (panel.sound && author !== 'system') playNotes();
  });

  let holder: string | undefined;
  on('change', () => {
    if (client.connection === 'lost') host.doubt();
    const { state } = client;
    if (!state || state.holder === holder) return;
    const isFirst = holder === undefined;
    holder = state.holder;
    if (!isFirst) host.emit('holder', { holder, agent: state.handoff?.agent_name ?? null });
  });
}
