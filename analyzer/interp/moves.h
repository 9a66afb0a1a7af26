// Which arguments are moved from.
#pragma once

#include "analyzer/interp/library.h"

namespace cobra::interp {

/// An argument such as std::move(x): what it names goes on to exist. A temporary is not meant: nobody sees it
/// afterwards.
bool isMovedFrom(const Arg& arg);

} // namespace cobra::interp
