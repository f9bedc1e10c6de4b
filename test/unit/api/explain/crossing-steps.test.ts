import { describe, expect, it } from 'vitest';
import { crossingSteps } from '../../../../src/api/explain/crossing-steps.ts';
import { BorderLab, type Spoken, shareOf } from '../../federation/kit.ts';
import { compiled } from '../../federation/policy/kit.ts';

const theirs: Spoken = { rd: '65002:1', kind: 'mac', vni: 2217, nextHop: '10.2.0.2', targets: ['65002:2217'] };
const refuse = compiled('rules: [{ then: refuse }]');

/** Of the only route that the neighbour has told. */
function explained({ border, gateways }: BorderLab) {
  const route = border.import.explain(0);
  if (route === undefined) throw new Error('there is no route of the neighbour');
  const context = { border, direction: 'import', gateways } as const;
  return crossingSteps(route, { ...context, about: 'it' }).filter(({ stage }) => stage === 'crossing');
}
const codes = (lab: BorderLab) => explained(lab).map(({ outcome, code }) => `${outcome} ${code}`);

describe('what becomes of a route on its way', () => {
  it('that a frozen neighbour keeps, although it would be refused, is said with both', async () => {
    const lab = await BorderLab.begun();
    lab.hear(theirs);
    expect(codes(lab)).toEqual(['yes crosses']);
    lab.border.freeze();
    lab.border.policyChanged('import', refuse);
    lab.settle();
    expect(lab.imported).toHaveLength(1);
    expect(codes(lab)).toEqual(['no policy', 'waits frozen']);
    lab.border.release();
    lab.settle();
    expect(codes(lab)).toEqual(['no policy']);
    expect(lab.refused('import')).toEqual({ policy: 1 });
  });

  it('that is refused and has still to be withdrawn is about to be', async () => {
    const lab = await BorderLab.begun();
    lab.hear(theirs);
    lab.border.policyChanged('import', refuse);
    expect(codes(lab)).toEqual(['no policy', 'waits leaving']);
  });

  it('that crosses as a part of another names that one', async () => {
    const gateway = '10.1.0.251';
    const lab = await BorderLab.begun({
      inside: ['10.1.0.1', gateway],
      domain: { networks: [shareOf('web', 2217, { export: [gateway], import: [gateway] })] },
    });
    lab.hear({ ...theirs, kind: 'flood' });
    expect(codes(lab)).toEqual(['yes merged']);
    expect(explained(lab)[0]?.reason).toMatch(
      /stands for several: \[3\]:\[65001:\d+\]:\[0\]:\[32\]:\[10\.1\.0\.251\]$/,
    );
  });
});

describe('the gateway of a route', () => {
  const [first, second, end] = ['10.1.0.251', '10.1.0.252', '192.0.2.251'] as const;
  /** What is said of the elected one, seen at `seen` or at its own address. */
  const said = async (gateways: readonly string[], seen?: string) => {
    const lab = await BorderLab.begun({
      inside: ['10.1.0.1', ...gateways],
      domain: { networks: [shareOf('web', 2217, { export: gateways, import: gateways })] },
    });
    lab.hear(theirs);
    const route = lab.border.import.explain(0);
    if (route === undefined || 'refusal' in route.answer) throw new Error('it does not cross');
    const answer = { ...route.answer, ...(seen !== undefined && { gateway: { tunnelAddress: seen } }) };
    const identityOf = (address: string) => (address === end ? first : address);
    const gatewaysOf = { all: lab.gateways.all, identityOf };
    const context = { border: lab.border, direction: 'import', about: 'it', gateways: gatewaysOf } as const;
    const [step] = crossingSteps({ ...route, answer }, context).filter(({ code }) => code === 'elected');
    return `${step?.about}: ${step?.reason}`;
  };

  it('is the only one, or elected of several', async () => {
    expect(await said([first])).toBe(`${first}: it is the only gateway of web`);
    expect(await said([first, second])).toBe(
      `${second}: elected for web of ${first}, ${second}: networks are spread evenly over those that are alive`,
    );
  });

  it('is named as it is configured, with the end by which it is seen', async () => {
    expect(await said([first], end)).toBe(`${first}: it is the only gateway of web; its end for our NVEs is ${end}`);
  });
});
