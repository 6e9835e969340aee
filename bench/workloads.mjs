/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {number} rooms
 * @property {number} membersPerRoom every member is a connection joined to its room
 * @property {number} sendersPerRoom at saturation
 * @property {number} window unacked messages each of them keeps under way
 * @property {number} steadyRate messages per second, over all rooms, where latency is measured
 * @property {number} firstUserId
 * @property {boolean} [listenersSpeakSalon] those who do not send at saturation, where the server knows `salon`
 */

/** @type {Record<string, Workload>} */
export const workloads = {
  rooms: {
    name: '10 rooms × 20 members',
    rooms: 10,
    membersPerRoom: 20,
    sendersPerRoom: 10,
    window: 4,
    steadyRate: 200,
    firstUserId: 1,
  },
  hall: {
    name: '1 room × 500 members',
    rooms: 1,
    membersPerRoom: 500,
    sendersPerRoom: 50,
    window: 2,
    steadyRate: 50,
    firstUserId: 1001,
  },
  meeting: {
    name: '10 rooms × 20 members, half of them over another protocol',
    rooms: 10,
    membersPerRoom: 20,
    sendersPerRoom: 10,
    window: 4,
    steadyRate: 200,
    firstUserId: 2001,
    listenersSpeakSalon: true,
  },
};

/** Sixty characters follow each message's number: a short chat line. */
export const FILLER = 'See you at the usual place, I will bring the maps and the tea';
