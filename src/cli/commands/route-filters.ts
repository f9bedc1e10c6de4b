/** The filters of the route list as options; each is checked by the contract's own schema before anything is asked. */
import { InvalidArgumentError, Option } from 'commander';
import { RouteFilter } from '../../api/contract/routes.ts';

type FilterName = Exclude<keyof RouteFilter, 'family'>;

const rows: readonly (readonly [field: FilterName, flags: string, description: string])[] = [
  ['type', '--type <number>', 'EVPN route type, 1 to 5 or any other'],
  ['vni', '--vni <number>', 'any label of a path, read as VNI'],
  ['mac', '--mac <address>', 'MAC address of type 2'],
  ['ip', '--ip <address>', 'address of type 2, or originator of types 3 and 4'],
  ['prefix', '--prefix <prefix>', 'exactly this prefix of type 5'],
  ['rd', '--rd <rd>', 'route distinguisher'],
  ['routeTarget', '--rt <target>', 'route target of a path'],
  ['nextHop', '--next-hop <address>', 'next hop of a path'],
  ['peer', '--peer <address>', 'peer that announced a path'],
  ['domain', '--domain <domain>', 'as a neighbour domain tells them, and is told'],
  ['esi', '--esi <esi>', 'Ethernet segment identifier'],
];

/** Checks one filter's text; throws commander's own error, which it prints with the option's name. */
function checked(field: FilterName, text: string): unknown {
  const result = RouteFilter.shape[field].safeParse(text);
  if (result.success) return result.data;
  throw new InvalidArgumentError(result.error.issues[0]!.message);
}

const options = rows.map(([field, flags, description]) => ({
  field,
  option: () => new Option(flags, description).argParser((text) => checked(field, text)),
}));

/** One option for each filter. */
export const routeFilterOptions = (): Option[] => options.map(({ option }) => option());

/** The filters among the options of a command, as the API takes them. */
export function readRouteFilter(values: Readonly<Record<string, unknown>>): Partial<RouteFilter> {
  const filter: Record<string, unknown> = {};
  for (const { field, option } of options) {
    const value = values[option().attributeName()];
    if (value !== undefined) filter[field] = value;
  }
  return filter;
}
