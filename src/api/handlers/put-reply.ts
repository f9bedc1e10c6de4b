/** The answer to a put: 201 for what was not there before. */
export const putReply = <Body>(outcome: string | undefined, body: Body) =>
  outcome === 'created' ? ({ status: 201, body } as const) : ({ status: 200, body } as const);
