/**
 * Objects as clients send them: of the right shape, with anything left out. Holds types only.
 */

/** A type of the API in which every field may be absent, however deep. */
export type Loose<T> = T extends readonly (infer Item)[]
  ? Loose<Item>[]
  : T extends object
    ? { [Field in keyof T]?: Loose<T[Field]> | undefined }
    : T;
