import { describe, expect, it } from 'vitest';
import {
  PolicyHistory,
  type PolicyStore,
  type PolicyTexts,
  type PolicyVersion,
  rolledBack,
  type Versioned,
  withTexts,
} from '../../../../src/federation/policy/history.ts';

const texts = (text: string): PolicyTexts => ({ export: { file: 'P', text } });
const versionsOf = (result: Versioned): readonly PolicyVersion[] => {
  if (!result.ok) throw new Error(result.reason);
  return result.versions;
};
const applied = (...all: string[]) =>
  all.reduce<readonly PolicyVersion[]>((versions, text, i) => versionsOf(withTexts(versions, texts(text), i, {})), []);

describe('versions of policies', () => {
  it('count up, and ten are kept beside the one in force', () => {
    const versions = applied(...Array.from({ length: 12 }, (_, i) => `text ${i}`));
    expect(versions.map(({ version }) => version)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(versions.at(-1)).toMatchObject({ version: 12, appliedAt: 11, texts: texts('text 11') });
  });

  it('are not made for what is in force already', () => {
    expect(withTexts(applied('a'), texts('a'), 9, {})).toMatchObject({ ok: false, code: 'unchanged' });
    expect(withTexts(applied('a'), { import: { file: 'P', text: 'a' } }, 9, {})).toMatchObject({ ok: true });
    expect(withTexts(applied('a'), { export: { file: 'Q', text: 'a' } }, 9, {})).toMatchObject({ ok: true });
  });

  it('are taken back, and that is taken back too', () => {
    const back = versionsOf(rolledBack(applied('a', 'b'), 9));
    expect(back.at(-1)).toMatchObject({ version: 3, appliedAt: 9, texts: texts('a'), rollbackTo: 1 });
    expect(versionsOf(rolledBack(back, 10)).at(-1)).toMatchObject({ version: 4, texts: texts('b'), rollbackTo: 2 });
    expect(versionsOf(rolledBack(applied('a', 'b', 'c'), 9, 1)).at(-1)).toMatchObject({ version: 4, rollbackTo: 1 });
  });

  it('that are not there are not gone back to', () => {
    for (const versions of [[], applied('a')]) {
      expect(rolledBack(versions, 9)).toMatchObject({ ok: false, code: 'nothing-before' });
    }
    expect(rolledBack(applied('a', 'b'), 9, 7)).toEqual({
      ok: false,
      code: 'no-such-version',
      reason: 'version 7 is not kept; kept are 1 to 2',
    });
    expect(rolledBack(applied('a', 'b'), 9, 2)).toMatchObject({ ok: false, code: 'unchanged' });
  });
});

describe('what is kept', () => {
  const memory = () => {
    const all = new Map<string, readonly PolicyVersion[]>();
    const store: PolicyStore = {
      load: (domain) => all.get(domain) ?? [],
      save: (domain, versions) => void all.set(domain, versions),
    };
    return { all, history: new PolicyHistory(store) };
  };

  it('is of each domain by itself, and saved before it is answered', () => {
    const { all, history } = memory();
    history.apply('dc2', texts('a'), 1, {});
    history.apply('dc2', texts('b'), 2, {});
    expect(history.apply('dc3', texts('c'), 3, {})).toMatchObject({ ok: true, current: { version: 1 } });
    expect(history.rollBack('dc2', 4)).toMatchObject({ ok: true, current: { version: 3, texts: texts('a') } });
    expect(all.get('dc2')).toEqual(history.versions('dc2'));
    expect(history.versions('dc2').map(({ version }) => version)).toEqual([0, 1, 2, 3]);
  });

  it('stays as it was where nothing changes or the disk fails', () => {
    const { history } = memory();
    history.apply('dc2', texts('a'), 1, {});
    expect(history.apply('dc2', texts('a'), 2, {}).ok).toBe(false);
    expect(history.versions('dc2')).toHaveLength(2);
    const full = new PolicyHistory({
      load: () => [],
      save: () => {
        throw new Error('no space left on device');
      },
    });
    expect(() => full.apply('dc2', texts('a'), 1, {})).toThrow('no space left');
  });
});

describe('after a restart or a reload', () => {
  const kept = (versions: readonly PolicyVersion[] = []) => {
    let all = versions;
    return new PolicyHistory({
      load: () => all,
      save: (_domain, next) => {
        all = next;
      },
    });
  };

  it('holds what was applied, until the files say something else', () => {
    const history = kept();
    expect(history.settle('dc2', texts('file'), 1)).toEqual(texts('file'));
    expect(history.versions('dc2')).toEqual([]);
    history.apply('dc2', texts('applied'), 2, texts('file'));
    expect(history.versions('dc2').map(({ version }) => version)).toEqual([0, 1]);
    expect(history.settle('dc2', texts('file'), 3)).toEqual(texts('applied'));
    expect(history.settle('dc2', texts('new file'), 4)).toEqual(texts('new file'));
    expect(history.versions('dc2').at(-1)).toMatchObject({ version: 2, texts: texts('new file'), appliedAt: 4 });
    expect(history.rollBack('dc2', 5)).toMatchObject({ ok: true, current: { version: 3, texts: texts('applied') } });
    expect(history.settle('dc2', texts('new file'), 6)).toEqual(texts('applied'));
  });

  it('holds what was applied also where the files say it by now, and then something else', () => {
    const history = kept();
    history.apply('dc2', texts('b'), 1, texts('a'));
    expect(history.settle('dc2', texts('b'), 2)).toEqual(texts('b'));
    expect(history.versions('dc2').map(({ version }) => version)).toEqual([0, 1]);
    expect(history.settle('dc2', texts('a'), 3)).toEqual(texts('a'));
  });

  it('can go back to what the files said first', () => {
    const history = kept();
    history.apply('dc2', texts('a'), 1, {});
    expect(history.rollBack('dc2', 2)).toMatchObject({ ok: true, current: { texts: {}, rollbackTo: 0 } });
  });

  it('can go back to that also after ten were applied, and not after eleven', () => {
    const history = kept();
    for (let i = 1; i <= 10; i++) history.apply('dc2', texts(`text ${i}`), i, {});
    expect(rolledBack(history.versions('dc2'), 11, 0)).toMatchObject({ ok: true, current: { rollbackTo: 0 } });
    history.apply('dc2', texts('text 11'), 11, {});
    expect(history.rollBack('dc2', 12, 0)).toMatchObject({ reason: 'version 0 is not kept; kept are 1 to 11' });
    expect(history.rollBack('dc2', 12, 1)).toMatchObject({ ok: true, current: { texts: texts('text 1') } });
  });
});
