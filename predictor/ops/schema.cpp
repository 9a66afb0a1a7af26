#include "predictor/ops/schema.h"

#include <cstdlib>

// The compiler has read every schema before the program does, so none of these is ever called.
namespace cobra::ops::mistake {

void theSchemaIsNotWellFormed() { std::abort(); }
void theSchemaHasAnUnknownType() { std::abort(); }
void theSchemaHasTooManyParameters() { std::abort(); }
void theRuleHasFewerParametersThanTheSchema() { std::abort(); }
void theRuleHasMoreParametersThanTheSchema() { std::abort(); }
void thisRuleParameterDoesNotSpellTheSchemas() { std::abort(); }
void twoEntriesOfAFamilyHaveTheSameName() { std::abort(); }

} // namespace cobra::ops::mistake
