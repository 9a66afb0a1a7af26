// What the analysing child says to the compiler: findings as lines that a pipe carries.
#pragma once

#include "analyzer/findings/findings.h"

#include <string>
#include <vector>

namespace cobra::plugin {

struct Message {
  SourceRange at;
  std::string text;
  bool wrong = false; // a warning whatever was asked for
  std::vector<std::string> notes;
};

/// Findings in the compiler's words. A model that nothing runs is not the compiler's business.
std::vector<Message> messagesOf(const std::vector<Finding>& findings);
std::string encode(const std::vector<Message>& messages);
/// Empty where the text is cut short: the child did not end well.
std::vector<Message> decode(const std::string& text);

} // namespace cobra::plugin
