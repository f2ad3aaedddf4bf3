/* The builder behind the scanner: makes the tree of one whole element. */
#ifndef POSTHOUSE_XML_BUILD_H
#define POSTHOUSE_XML_BUILD_H

#include "xml.h"

struct build;

/* A builder that stands inside of the stream whose header (start tag, as it
 * came) is given; the header's bytes are copied, content_ns is borrowed for its
 * life. NULL and *error when the header is wrong. *root, in the arena, is the
 * header's element; `root` and the arena may be NULL. */
struct build *build_new(struct str header, struct str content_ns,
                        struct arena *arena, struct xml **root,
                        enum xml_error *error);
/* Frees the builder; trees that it made live in their arenas. */
void build_free(struct build *build);
/* The tree of one whole element; NULL when it is not well-formed, or when its
 * namespaces, spelled out wherever they change, take more than max_expanded
 * bytes (0: no bound); *error tells why; the builder is then of no more use. */
struct xml *build_element(struct build *build, struct arena *arena,
                          struct str bytes, size_t max_expanded,
                          enum xml_error *error);

#endif
