# cobra-train parity over every profile that ships and the rows that lie beside it; prints the largest difference.
file(GLOB public ${SOURCE}/predictor/profiles/data/*.jsonl.gz)
execute_process(COMMAND ${TRAIN} parity --profile ${SOURCE}/predictor/profiles/public-gpus.safetensors --data ${public}
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "LibTorch and plain C++ disagree")
endif()
