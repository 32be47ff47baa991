import type { components, paths } from './contract';

type Schemas = components['schemas'];

/** The API's own shapes, generated from `contract/openapi.yaml`, under shorter names. */
export type Document = Schemas['Document'];
export type MimeType = Schemas['MimeType'];
export type DataRow = Schemas['DataRow'];

/** A path of the API, as the contract writes it: `/projects/{project_name}/…`. */
export type ApiPath = keyof paths;
