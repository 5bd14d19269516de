import { describe, expect, it } from 'vitest';

import { invitationToken, settingsPage } from './route.ts';

describe('the fragment of the desk’s address', () => {
  it('names a page of the settings', () => {
    expect(settingsPage('#settings')).toBe('account');
    expect(settingsPage('#settings/people')).toBe('people');
    expect(settingsPage('')).toBeNull();
    expect(settingsPage('#settings/other')).toBeNull();
  });

  it('brings the token of a one-time link', () => {
    expect(invitationToken('#invitation=abc-_1')).toBe('abc-_1');
    expect(invitationToken('#invitation=')).toBeNull();
    expect(invitationToken('#settings')).toBeNull();
  });
});
