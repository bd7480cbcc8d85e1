/*
 * checks_int.h - what the files of the checklist share.
 */
#ifndef PIMLIFT_CHECKS_INT_H
#define PIMLIFT_CHECKS_INT_H

#include "checks.h"

#define tell(out, ...)                                                                                             \
    do {                                                                                                           \
        pl_buf_printf(&(out)->evidence, __VA_ARGS__);                                                              \
        pl_buf_putc(&(out)->evidence, '\n');                                                                       \
    } while (0)

/* N-A is said once; of the others the worse stays. */
void check_worsen(struct finding *out, enum verdict verdict);
/* false: there is nothing to judge, which it tells. */
bool check_has_stores(const struct survey *s, struct finding *out);

/* checks_stores.c */
void check_kind(const struct survey *s, struct finding *out);
void check_state(const struct survey *s, struct finding *out);
void check_stm(const struct survey *s, struct finding *out);
void check_structure(const struct survey *s, struct finding *out);
void check_generation(const struct survey *s, struct finding *out);
void check_encrypted(const struct survey *s, struct finding *out);
void check_system_folders(const struct survey *s, struct finding *out);
void check_integrity(const struct survey *s, struct finding *out);
void check_room(const struct survey *s, struct finding *out);
void check_series(const struct survey *s, struct finding *out);

/* checks_people.c */
void check_trustees(const struct survey *s, struct finding *out);
void check_address_types(const struct survey *s, struct finding *out);
void check_published(const struct survey *s, struct finding *out);
void check_compared(const struct survey *s, struct finding *out);
void check_depends(const struct survey *s, struct finding *out);
void check_domains(const struct survey *s, struct finding *out);

/* checks_servers.c */
void check_service_pack(const struct survey *s, struct finding *out);
void check_internet(const struct survey *s, struct finding *out);
void check_key_management(const struct survey *s, struct finding *out);
void check_ms_mail(const struct survey *s, struct finding *out);
void check_cc_mail(const struct survey *s, struct finding *out);
void check_connectors(const struct survey *s, struct finding *out);
void check_replicas(const struct survey *s, struct finding *out);
void check_domain_prep(const struct survey *s, struct finding *out);

#endif
