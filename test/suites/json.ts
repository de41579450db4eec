import { SealdexError } from '../../src/base/errors.ts'
import { parseJson } from '../../src/base/json.ts'
import type { SuiteResult } from './wycheproof.ts'

/** Where we differ from `y_`, and why. */
const REFUSED_Y: Readonly<Record<string, string>> = {
  'y_object_duplicated_key.json': 'a duplicate name (T7)',
  'y_object_duplicated_key_and_value.json': 'a duplicate name (T7)',
}

/** What is decided for each file that the suite leaves open. Numbers are kept as text, so none is too large to be read; a size field refuses them (T9). */
const DECIDED_I: Readonly<Record<string, 'accepted' | 'refused'>> = {
  'i_number_double_huge_neg_exp.json': 'accepted',
  'i_number_huge_exp.json': 'accepted',
  'i_number_neg_int_huge_exp.json': 'accepted',
  'i_number_pos_double_huge_exp.json': 'accepted',
  'i_number_real_neg_overflow.json': 'accepted',
  'i_number_real_pos_overflow.json': 'accepted',
  'i_number_real_underflow.json': 'accepted',
  'i_number_too_big_neg_int.json': 'accepted',
  'i_number_too_big_pos_int.json': 'accepted',
  'i_number_very_big_negative_int.json': 'accepted',
  // half of a surrogate pair
  'i_object_key_lone_2nd_surrogate.json': 'refused',
  'i_string_1st_surrogate_but_2nd_missing.json': 'refused',
  'i_string_1st_valid_surrogate_2nd_invalid.json': 'refused',
  'i_string_incomplete_surrogate_and_escape_valid.json': 'refused',
  'i_string_incomplete_surrogate_pair.json': 'refused',
  'i_string_incomplete_surrogates_escape_valid.json': 'refused',
  'i_string_invalid_lonely_surrogate.json': 'refused',
  'i_string_invalid_surrogate.json': 'refused',
  'i_string_inverted_surrogates_U+1D11E.json': 'refused',
  'i_string_lone_second_surrogate.json': 'refused',
  // not UTF-8 (T10)
  'i_string_UTF-16LE_with_BOM.json': 'refused',
  'i_string_utf16BE_no_BOM.json': 'refused',
  'i_string_utf16LE_no_BOM.json': 'refused',
  'i_string_UTF-8_invalid_sequence.json': 'refused',
  'i_string_UTF8_surrogate_U+D800.json': 'refused',
  'i_string_invalid_utf-8.json': 'refused',
  'i_string_iso_latin_1.json': 'refused',
  'i_string_lone_utf8_continuation_byte.json': 'refused',
  'i_string_not_in_unicode_range.json': 'refused',
  'i_string_overlong_sequence_2_bytes.json': 'refused',
  'i_string_overlong_sequence_6_bytes.json': 'refused',
  'i_string_overlong_sequence_6_bytes_null.json': 'refused',
  'i_string_truncated-utf-8.json': 'refused',
  // deeper than LIMITS.jsonDepth (T11)
  'i_structure_500_nested_arrays.json': 'refused',
  // a BOM
  'i_structure_UTF-8_BOM_empty_object.json': 'refused',
}

function expected(name: string): 'accepted' | 'refused' | undefined {
  if (name.startsWith('y_')) return name in REFUSED_Y ? 'refused' : 'accepted'
  return name.startsWith('n_') ? 'refused' : DECIDED_I[name]
}

/** JSONTestSuite's test_parsing: the files by name. `y_` has to be accepted (but for duplicate names), `n_` refused, `i_` as decided above. */
export function jsonSuite(files: ReadonlyMap<string, Uint8Array>): SuiteResult {
  let passed = 0
  const failed: string[] = []
  for (const [name, bytes] of files) {
    if (!/^[yni]_.*\.json$/.test(name)) continue
    const [wanted, got] = [expected(name), read(bytes)]
    if (got === wanted) passed++
    else failed.push(`${name}: ${got}, ${wanted === undefined ? 'and nothing is decided for it' : `not ${wanted}`}`)
  }
  return { passed, failed }
}

function read(bytes: Uint8Array): string {
  try {
    parseJson(bytes)
    return 'accepted'
  } catch (error) {
    return error instanceof SealdexError && error.code === 'malformed-json' ? 'refused' : `crashed (${String(error)})`
  }
}
