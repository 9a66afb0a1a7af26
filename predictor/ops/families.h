// The families of operators, one file each under families/. A new file adds a line here and one in
// families.cpp.
#pragma once

#include "predictor/ops/entry.h"

#include <span>

namespace cobra::ops {

namespace families {
extern const Family activation;
extern const Family adaptivePooling;
extern const Family aliases;
extern const Family attention;
extern const Family bitwise;
extern const Family comparison;
extern const Family complex;
extern const Family conversion;
extern const Family convolution;
extern const Family cublas;
extern const Family cudnnConvolution;
extern const Family cudnnLayers;
extern const Family cudnnRecurrent;
extern const Family cudnnTensors;
extern const Family decomposition;
extern const Family division;
extern const Family elementwise;
extern const Family factory;
extern const Family framing;
extern const Family gating;
extern const Family image;
extern const Family indexing;
extern const Family interpolation;
extern const Family joining;
extern const Family likeFactory;
extern const Family linearAlgebra;
extern const Family loss;
extern const Family normalization;
extern const Family padding;
extern const Family permutation;
extern const Family pooling;
extern const Family products;
extern const Family random;
extern const Family rearranging;
extern const Family recurrent;
extern const Family reduction;
extern const Family rounding;
extern const Family sampling;
extern const Family scanning;
extern const Family scattering;
extern const Family scatterReduction;
extern const Family selection;
extern const Family sequenceLoss;
extern const Family shape;
extern const Family slicing;
extern const Family sorting;
extern const Family special;
extern const Family specialInPlace;
extern const Family spectral;
extern const Family squashing;
extern const Family statistics;
extern const Family unary;
extern const Family unpooling;
extern const Family upsampling;
} // namespace families

/// All of them.
std::span<const Family* const> allFamilies();

} // namespace cobra::ops
