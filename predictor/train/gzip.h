// gzip in memory, over zlib.
#pragma once

#include "predictor/format/file.h"

namespace cobra::train {

using format::FileError;

/// Unpacks all members; `limit` bounds what comes out, so that a small file can't fill the memory.
std::variant<std::string, FileError> gunzip(std::string_view bytes, std::string_view name, std::size_t limit);
/// No time stamp and no name inside: equal input gives equal bytes.
std::string gzip(std::string_view bytes);

} // namespace cobra::train
