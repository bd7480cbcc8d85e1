/* crypt.h - the two encodings of PST blocks, and its CRC: [MS-PST] 5.1 to 5.3, 5.5. */
#ifndef PST_CRYPT_H
#define PST_CRYPT_H

#include <stddef.h>
#include <stdint.h>

enum pst_crypt { PST_CRYPT_NONE = 0, PST_CRYPT_PERMUTE = 1, PST_CRYPT_CYCLIC = 2 };

/* In place. key: the low half of the block id. */
void pst_decrypt(unsigned method, uint32_t key, uint8_t *data, size_t size);
void pst_encrypt(unsigned method, uint32_t key, uint8_t *data, size_t size);
uint32_t pst_crc(const uint8_t *data, size_t size);
uint16_t pst_signature(uint64_t offset, uint64_t bid);

#endif
