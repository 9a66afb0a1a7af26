#include "predictor/train/gzip.h"

#include <memory>

#include <zlib.h>

namespace cobra::train {

std::variant<std::string, FileError> gunzip(std::string_view bytes, std::string_view name,
                                            std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    return FileError{"zlib cannot start to unpack '" + std::string(name) + "'"};
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard{&stream, inflateEnd};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  char block[1 << 16];
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    stream.next_out = reinterpret_cast<Bytef*>(block);
    stream.avail_out = sizeof block;
    status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t count = sizeof block - stream.avail_out;
    const bool stuck = count == 0 && stream.avail_in == 0 && status != Z_STREAM_END;
    if ((status != Z_OK && status != Z_STREAM_END) || stuck) {
      return FileError{"'" + std::string(name) +
                       "' is not a whole gzip file: " + (stream.msg ? stream.msg : "it ends early")};
    }
    if (count > limit - text.size()) {
      return FileError{"'" + std::string(name) + "' unpacks to more than " + std::to_string(limit) +
                       " bytes"};
    }
    text.append(block, count);
    if (status == Z_STREAM_END && stream.avail_in > 0 && inflateReset(&stream) == Z_OK)
      status = Z_OK; // next member
  }
  return text;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard{&stream, deflateEnd};
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  return packed;
}

} // namespace cobra::train
