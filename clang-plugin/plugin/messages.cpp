#include "clang-plugin/plugin/messages.h"

#include "llvm/Support/JSON.h"

namespace cobra::plugin {

std::vector<Message> messagesOf(const std::vector<Finding>& findings) {
  std::vector<Message> out;
  for (const Finding& finding : findings) {
    if (finding.kind == FindingKind::Unrun) continue;
    if (finding.kind == FindingKind::Op && finding.latency && finding.latency->ms == 0) continue; // views move nothing
    out.push_back({finding.at, finding.text, finding.kind == FindingKind::Wrong, finding.notes});
  }
  return out;
}

std::string encode(const std::vector<Message>& messages) {
  llvm::json::Array list;
  for (const Message& message : messages) {
    llvm::json::Array notes;
    for (const std::string& note : message.notes) notes.push_back(llvm::json::fixUTF8(note));
    list.push_back(llvm::json::Object{{"file", llvm::json::fixUTF8(message.at.file)},
                                      {"line", message.at.line},
                                      {"column", message.at.column},
                                      {"endLine", message.at.endLine},
                                      {"endColumn", message.at.endColumn},
                                      {"text", llvm::json::fixUTF8(message.text)},
                                      {"wrong", message.wrong},
                                      {"notes", std::move(notes)}});
  }
  std::string out;
  llvm::raw_string_ostream stream(out);
  stream << llvm::json::Value(std::move(list));
  return out;
}

std::vector<Message> decode(const std::string& text) {
  std::vector<Message> out;
  llvm::Expected<llvm::json::Value> document = llvm::json::parse(text);
  if (!document) {
    llvm::consumeError(document.takeError());
    return out;
  }
  const llvm::json::Array* list = document->getAsArray();
  if (!list) return out;
  for (const llvm::json::Value& item : *list) {
    const llvm::json::Object& object = *item.getAsObject();
    auto number = [&](const char* name) { return static_cast<unsigned>(object.getInteger(name).value_or(0)); };
    Message message;
    message.at = {object.getString("file").value_or("").str(), number("line"), number("column"), number("endLine"), number("endColumn")};
    message.text = object.getString("text").value_or("").str();
    message.wrong = object.getBoolean("wrong").value_or(false);
    if (const llvm::json::Array* notes = object.getArray("notes"))
      for (const llvm::json::Value& note : *notes) message.notes.push_back(note.getAsString().value_or("").str());
    out.push_back(std::move(message));
  }
  return out;
}

} // namespace cobra::plugin
