import { endpoints } from '../contract/endpoints.ts';
import { openApiDocument } from '../openapi.ts';
import type { Handler, HandlerModules } from './handler.ts';

export const getOpenApi = ({ source }: HandlerModules): Handler<'getOpenApi'> => {
  let document: ReturnType<typeof openApiDocument> | undefined;
  return () => {
    document ??= openApiDocument(source.health().version);
    return { status: 200, body: document };
  };
};

export const getMetrics =
  ({ metrics }: HandlerModules): Handler<'getMetrics'> =>
  async () => ({ status: 200, body: await metrics() });

export const getIndex = (): Handler<'getIndex'> => {
  const rows = Object.values(endpoints).map(
    ({ method, path, summary }) => `${method.padEnd(6)} ${path.padEnd(44)} ${summary}`,
  );
  const body = `nvad: the HTTP API of a Network Virtualization Authority\n\n${rows.join('\n')}\n`;
  return () => ({ status: 200, body });
};
