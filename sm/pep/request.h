/* Requests to an account's personal eventing (XEP-0060), within this folder. */
#ifndef POSTHOUSE_SM_PEP_REQUEST_H
#define POSTHOUSE_SM_PEP_REQUEST_H

#include "sm/pep/pep.h"
#include "sm/query/iq.h"

/* One request with the nodes at hand: it is kept, its account is set, and
 * `action` is the element inside <pubsub/> that tells what is wanted. Exactly
 * one answer is owed. */
typedef void pep_action(struct iq_request *request, struct xml *action);

pep_action pep_publish, pep_retract;                     /* publish.c */
pep_action pep_retrieve;                                 /* retrieve.c */
pep_action pep_create, pep_configure, pep_tell_settings, /* manage.c */
    pep_tell_default, pep_delete, pep_purge;
pep_action pep_tell_affiliations, pep_set_affiliations, /* affiliate.c */
    pep_tell_own_affiliations;
pep_action pep_subscribe, pep_unsubscribe, /* subscribe.c */
    pep_tell_subscriptions;

/* A stanza error with an application-specific condition of XEP-0060 (NULL:
 * none); text may be NULL. */
void pep_refuse(struct iq_request *request, enum stanza_error condition,
                const char *specific, const char *text);
/* The same with <unsupported feature='…'/>. */
void pep_refuse_feature(struct iq_request *request, const char *feature);
/* The node that an action names, for who may read it; else NULL, and the
 * request is refused: as a node that is not there to who may not know of it. */
struct pep_node *pep_node_for(struct iq_request *request,
                              const struct xml *action);
/* Whether the name, and there is one, can be a node's; else the request is
 * refused. */
MUST_CHECK bool pep_is_name(struct iq_request *request, struct str name);
/* Makes a node with the default settings changed by a form (may be NULL). NULL:
 * the request is refused. */
struct pep_node *pep_make_node(struct iq_request *request, struct str name,
                               const struct xml *form, store_done *done,
                               void *ctx);
/* The account of a kept request, later. NULL: it is there no longer. */
struct account *pep_account(struct iq_request *request);
/* For writes whose end another tells, or which the next one makes good. */
void pep_ignore_written(void *ctx, bool ok);
/* An empty result, with a <pubsub/> of the request's namespace inside. */
struct xml *pep_result(struct iq_request *request);

#endif
