/** Why traffic of a network goes by one of its gateways, or does not. */
export const gatewayChoices = {
  elected: 'it is elected for the network: networks are spread evenly over those that are alive',
  anycast: 'it shares an anycast address, and the underlay leads to one of those that do',
  'another-elected': 'another one is elected for the network',
  returning: 'it is back, and others are used until it has stayed for long enough',
  dead: 'it is dead',
  'leads-nowhere': 'it has said that it has no end in the underlay of the neighbour domain',
} as const;

export type GatewayChoice = keyof typeof gatewayChoices;

/** Whether traffic goes by it. */
export const serves = (choice: GatewayChoice): boolean => choice === 'elected' || choice === 'anycast';
