/**
 * The syntax of label keys and values, and the messages Kubernetes gives for wrong ones
 * (apimachinery's `content.IsLabelKey` and `content.IsLabelValue`). Knows nothing of selectors.
 */

const keyFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const keyPattern = new RegExp(`^${keyFormat}$`);
const valuePattern = new RegExp(`^(${keyFormat})?$`);
const dnsLabelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${dnsLabelFormat}(\\.${dnsLabelFormat})*`;
const subdomainPattern = new RegExp(`^${subdomainFormat}$`);
const nameLengthMax = 63;
const prefixLengthMax = 253;

const keyMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an" +
  ' alphanumeric character' +
  ` (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${keyFormat}')`;
const valueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'," +
  ' and must start and end with an alphanumeric character' +
  ` (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${keyFormat})?')`;
const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'," +
  ' and must start and end with an alphanumeric character' +
  ` (e.g. 'example.com', regex used for validation is '${subdomainFormat}')`;

/** What is wrong with a label key (also called a qualified name); empty where it is valid. */
export function labelKeyErrors(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${keyMessage} with an optional DNS subdomain prefix and '/'` +
        " (e.g. 'example.com/MyName')",
    ];
  }
  const errors: string[] = [];
  const name = parts[parts.length - 1]!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === '') errors.push('prefix part must be non-empty');
    else {
      if (prefix.length > prefixLengthMax) {
        errors.push(`prefix part must be no more than ${prefixLengthMax} bytes`);
      }
      if (!subdomainPattern.test(prefix)) errors.push(`prefix part ${subdomainMessage}`);
    }
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > nameLengthMax) {
    errors.push(`name part must be no more than ${nameLengthMax} bytes`);
  }
  if (!keyPattern.test(name)) errors.push(`name part ${keyMessage}`);
  return errors;
}

/** What is wrong with a label value; empty where it is valid. */
export function labelValueErrors(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > nameLengthMax) errors.push(`must be no more than ${nameLengthMax} bytes`);
  if (!valuePattern.test(value)) errors.push(valueMessage);
  return errors;
}
