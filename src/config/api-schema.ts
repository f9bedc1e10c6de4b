import { z } from 'zod';
import { defaultApiListen } from './config.ts';
import { parseApiEndpoint } from './endpoint.ts';
import { file, text } from './schema-parts.ts';

/*
 * The form of the API's section in the file.
 */

export const apiSchema = z.strictObject({
  listen: text(parseApiEndpoint)
    .optional()
    .meta({ description: 'address:port, or unix:PATH.', default: defaultApiListen }),
  tokens: file('the file of tokens').optional().meta({
    description:
      'A file that says who may ask what, read again when it changes. Left out, nvad listens on this machine alone, and whoever reaches it there may do everything.',
  }),
  tls: z
    .strictObject({
      certificate: file('the certificate chain in PEM'),
      key: file('its private key in PEM'),
      clientCa: file('the certificates, in PEM, of those who sign for clients').optional().meta({
        description:
          'A file with the certificates, in PEM, of those who sign for clients. Left out, clients show no certificate.',
      }),
    })
    .optional()
    .meta({ description: 'HTTPS instead of HTTP; the files are read again when they change.' }),
  audit: file('the audit log').optional().meta({
    description: 'A file to which each change is added with who, what, when, before and after, as JSON lines.',
  }),
});
