// Stand-in for Thrust's containers where no CUDA toolkit is installed: declarations alone.
#ifndef COBRA_THRUST_DEVICE_VECTOR_H
#define COBRA_THRUST_DEVICE_VECTOR_H
#pragma GCC system_header
#include <cuda_runtime.h>

#include <cstddef>
#include <initializer_list>
#include <vector>

namespace thrust {

template <typename T> class device_reference;

template <typename T> class device_ptr {
public:
  using value_type = T;
  device_ptr();
  explicit device_ptr(T*);
  T* get() const;
  device_reference<T> operator*() const;
  device_reference<T> operator[](std::ptrdiff_t) const;
  device_ptr operator+(std::ptrdiff_t) const;
  device_ptr operator-(std::ptrdiff_t) const;
  std::ptrdiff_t operator-(const device_ptr&) const;
  device_ptr& operator++();
  bool operator==(const device_ptr&) const;
  bool operator!=(const device_ptr&) const;
};

template <typename T> class device_reference {
public:
  device_ptr<T> operator&() const;
  operator T() const;
  device_reference& operator=(const T&);
};

template <typename T> class device_vector {
public:
  using value_type = T;
  using iterator = device_ptr<T>;
  device_vector();
  explicit device_vector(std::size_t);
  device_vector(std::size_t, const T&);
  device_vector(const std::vector<T>&);
  device_vector(std::initializer_list<T>);
  template <typename It> device_vector(It, It);
  device_vector& operator=(const std::vector<T>&);
  std::size_t size() const;
  bool empty() const;
  void resize(std::size_t);
  void resize(std::size_t, const T&);
  void reserve(std::size_t);
  void clear();
  void swap(device_vector&);
  device_ptr<T> data();
  device_ptr<const T> data() const;
  iterator begin();
  iterator end();
  device_ptr<const T> begin() const;
  device_ptr<const T> end() const;
  device_reference<T> operator[](std::size_t);
  device_reference<const T> operator[](std::size_t) const;
};
template <typename T> using host_vector = std::vector<T>;

template <typename T> T* raw_pointer_cast(const device_ptr<T>&);
template <typename T> T* raw_pointer_cast(T*);
template <typename T> device_ptr<T> device_pointer_cast(T*);
template <typename T> device_ptr<T> device_malloc(std::size_t);
template <typename T> void device_free(device_ptr<T>);

template <typename In, typename Out> Out copy(In, In, Out);
template <typename It, typename T> void fill(It, It, const T&);
template <typename It> void sequence(It, It);
template <typename It, typename T> void sequence(It, It, T);
template <typename In, typename Out, typename F> Out transform(In, In, Out, F);
template <typename A, typename B, typename Out, typename F> Out transform(A, A, B, Out, F);
template <typename It, typename F> F for_each(It, It, F);
template <typename It> auto reduce(It, It) -> typename It::value_type;
template <typename It, typename T> T reduce(It, It, T);
template <typename It, typename T, typename F> T reduce(It, It, T, F);
template <typename It> void sort(It, It);
template <typename It> It max_element(It, It);

} // namespace thrust
#endif
